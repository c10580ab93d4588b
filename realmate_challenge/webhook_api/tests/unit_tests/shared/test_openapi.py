"""Describing errors."""

from realmate_challenge.shared.api_docs import keep_enums_inline


def test_marks_of_enumerations_are_dropped_wherever_they_are() -> None:
    document = {'a': [{'enum': ['X'], 'x-spec-enum-id': '1'}], 'x-spec-enum-id': '2', 'b': {'c': 3}}

    assert keep_enums_inline(document, generator=None) == {'a': [{'enum': ['X']}], 'b': {'c': 3}}
