#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# What a schedule fails with does not depend on the schedules before it, under ThreadSanitizer
# neither. Flags packed into eight bytes are more than it remembers there, so whether it sees
# the race in a schedule hangs on a thread.
. "$(dirname "$0")/lib"

sed 's/^static LONG /static BOOLEAN /' \
    "$OPENWSK_SOURCE_DIR/examples/explore_race/explore_race.c" > packed.c
[ "$(grep -c '^static BOOLEAN ' packed.c)" -eq 3 ] || fail "the flags of the example have changed"
build_for_variant packed

# The seed and the failure of the schedule that failed; shrunk and replayed, it fails the same way.
failing() {
    "$OPENWSK" explore --strategy random "$@" packed.so > output 2>&1
    silent_about 'not repeatable'
    shrunk
    sed -n 's/^FAILED schedule [0-9]* (\(.*\)/\1/p' output > found
    [ -s found ] || fail "nothing failed: $*"
    replay=$(sed -n 's/^replay: openwsk //p' output)
    eval "\"\$OPENWSK\" $replay" > replayed 2>&1
    sed -n 's/^FAILED schedule [0-9]* (\(.*\)/\1/p' replayed > again
    diff found again || fail "the replay fails in another way: $*"
}

failing
cp found first
seed=$(sed 's/seed \([0-9]*\).*/\1/' found)
for from in $((seed - 1)) "$seed"; do
    failing --seed "$from"
    diff first found || fail "from seed $from it fails in another way"
done
