#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# The example of docs/simulation.md: run does not show its race, explore finds it with every
# strategy, shrinks it and replays it; the corrected driver is clean in all schedules.
. "$(dirname "$0")/lib"

sanitize=()
case $OPENWSK_VARIANT in
    asan) sanitize=(--sanitize address) ;;
    tsan) sanitize=(--sanitize thread) ;;
esac
race=$OPENWSK_SOURCE_DIR/examples/explore_race/explore_race.c
expect 0 "$OPENWSK" cc "${sanitize[@]}" -o race.so "$race"
# Under a sanitizer the second free is found by the pool or by the sanitizer.
case $OPENWSK_VARIANT in
    plain) codes=3 ;;
    *) codes="[13]" ;;
esac

# fails command...: it fails as a double free does.
fails() {
    "$@" > output 2>&1
    code=$?
    [[ $code =~ ^$codes$ ]] || fail "exit code $code, expected $codes: $*"
}

# ThreadSanitizer reports the race in whatever order it runs.
if [ "$OPENWSK_VARIANT" != tsan ]; then
    expect 0 "$OPENWSK" run --for 0s race.so
fi

for strategy in random pct dfs; do
    fails "$OPENWSK" explore --strategy $strategy --schedules 20000 race.so
    says '^FAILED schedule [0-9]+ \(seed [0-9]+\): .*'
    shrunk
    # ThreadSanitizer needs no unlucky order to object to reading Closing without the lock.
    if [ "$OPENWSK_VARIANT" = tsan ]; then
        says 'ThreadSanitizer: data race'
    else
        says 'Worker.*is preempted in KeReleaseSpinLock'
    fi
    replay=$(sed -n 's/^replay: openwsk //p' output)
    [ -n "$replay" ] || fail "no replay line"
    grep '^FAILED' output | sed 's/.*): //' > found
    eval "fails \"\$OPENWSK\" $replay"
    grep '^FAILED' output | sed 's/.*): //' > again
    diff found again || fail "the replay fails in another way"
    silent_about 'not repeatable'
done

expect 0 "$OPENWSK" explore --strategy random --param FixIt=1 race.so
says '^1000 schedules, strategy random'
expect 0 "$OPENWSK" explore --strategy dfs --param FixIt=1 --schedules 100000 race.so
says '^all schedules with at most 2 preemptions: [0-9]+$'
