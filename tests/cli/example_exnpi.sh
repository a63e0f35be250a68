#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# The EXNPI pair: both registration orders, a second attempt, a decline, a failure, a slow detach.
. "$(dirname "$0")/lib"

exnpi() {
    expect 0 "$OPENWSK" run --for 0s --no-prefix "$@" "$OPENWSK_SOURCE_DIR"/examples/exnpi/*.c
    says 'left behind: nothing'
    grep -E '^(client|provider|driver):' output > lines
}
is() {
    diff lines - || fail "these lines were wanted"
}

for first in 0 1; do
    exnpi --param ProviderFirst=$first
    is << END
provider: a client attached
client: attached with version 1
client: heard "hello, provider"
client: detaches
provider: a client detaches
END
done

exnpi --param ClientVersion=2
is << END
provider: version 2 is not mine
provider: a client attached
client: attached with version 1
client: heard "hello, provider"
client: detaches
provider: a client detaches
END

exnpi --param ClientVersion=0
is << END
client: declines a provider that speaks 1 to 1
driver: the client found no provider to attach to
END

exnpi --param ProviderFails=1
is << END
provider: no memory
client: not attached, status c000009a
driver: the client found no provider to attach to
END

exnpi --param SlowDetach=1
is << END
provider: a client attached
client: attached with version 1
client: heard "hello, provider"
client: detaches, a call is in progress
provider: a client detaches
client: the last call has ended
END
