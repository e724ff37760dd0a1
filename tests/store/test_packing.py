"""Notes as JSON."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from userops.core.messages import Note, Word
from userops.store import packing

FACTS = st.recursive(
    st.text()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.none()
    | st.dates()
    | st.builds(Word, st.text()),
    lambda inner: st.lists(inner).map(tuple) | st.builds(lambda x: Note("a {x}", x=x), inner),
)


@given(FACTS)
def test_a_note_comes_back_as_it_was(fact: object) -> None:
    note = Note("said: {fact}", fact=fact)
    back = packing.to_note(json.loads(json.dumps(packing.of_fact(note))))
    assert (str(back), back.sentence, back.facts) == (str(note), note.sentence, note.facts)
    assert packing.of_fact(back) == packing.of_fact(note)
