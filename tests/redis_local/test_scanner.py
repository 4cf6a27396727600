"""Commands are found in a stream whatever way it is cut, and the stream itself is never changed."""

import hypothesis.strategies as st
from hypothesis import given, settings

from redis_local.fence import Fence, Outcome
from redis_local.scanner import Captured, CommandScanner, Refusal
from tests.redis_local.wire import pack

words = st.binary(max_size=40) | st.sampled_from([b"FT.SEARCH", b"ft.info", b"GET", b"\r\n*1\r\n$9\r\nFT.SEARCH\r\n"])
commands = st.lists(st.lists(words, min_size=1, max_size=5), max_size=6)


def scan(stream: bytes, cuts: list[int]) -> tuple[bytes, list[tuple[bytes, ...]]]:
    scanner = CommandScanner(lambda name: name.startswith(b"FT."))
    relayed, captured, start = b"", [], 0
    for end in sorted({min(cut, len(stream)) for cut in cuts} | {len(stream)}):
        for event in scanner.feed(stream[start:end]):
            assert not isinstance(event, Refusal)
            relayed += event.raw if isinstance(event, Captured) else event
            captured += [event.words] if isinstance(event, Captured) else []
        start = end
    return relayed, captured


@settings(max_examples=400, deadline=None)
@given(commands, st.lists(st.integers(0, 400), max_size=30))
def test_any_cut(sent: list[list[bytes]], cuts: list[int]) -> None:
    stream = b"".join(pack(command) for command in sent)
    relayed, captured = scan(stream, cuts)
    assert relayed == stream
    assert captured == [tuple(command) for command in sent if command[0].upper().startswith(b"FT.")]


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=20))
def test_nonsense_is_passed_on_whole_or_held_until_it_makes_sense(stream: bytes, cuts: list[int]) -> None:
    relayed, _ = scan(stream, cuts)
    assert stream.startswith(relayed)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=50), st.integers(1, 60), st.sampled_from(list(Outcome)))
def test_fences_are_found_at_any_cut(before: bytes, after: bytes, size: int, wanted: Outcome) -> None:
    fence = Fence()
    sent = fence.request.split(b"\r\n")
    name = sent[-2]
    answer = b"$32\r\n" + sent[4] + b"\r\n"
    if wanted in (Outcome.QUEUING, Outcome.REFUSED):
        answer = b"+QUEUED\r\n" if wanted is Outcome.QUEUING else b"-NOAUTH Authentication required.\r\n"
    if wanted is Outcome.SUBSCRIBED:
        answer = b"*2\r\n$4\r\npong\r\n" + answer
    stream = before + b"\r\n" + answer + b"-ERR unknown command `" + name + b"`, with args beginning with: \r\n" + after
    relayed, rest = b"", b""
    for start in range(0, len(stream), size):
        piece = stream[start : start + size]
        if fence.outcome is not None:
            rest += piece
            continue
        out, left = fence.feed(piece)
        relayed, rest = relayed + out, rest + left
    assert fence.outcome is wanted
    assert (relayed, rest) == (before + b"\r\n", after)
