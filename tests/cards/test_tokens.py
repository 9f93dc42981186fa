"""The token in a card's address."""

import pytest

from butler.cards.tokens import ALPHABET, LENGTH, is_token, new_token


def test_new_token_has_at_least_128_bits() -> None:
    assert len(ALPHABET) ** LENGTH >= 2**128
    assert len(set(ALPHABET)) == 32


def test_new_token_has_the_form_of_a_token_and_never_repeats() -> None:
    tokens = {new_token() for _ in range(1_000)}
    assert len(tokens) == 1_000
    assert all(is_token(token) for token in tokens)


def test_new_token_uses_every_character_of_the_alphabet() -> None:
    assert set("".join(new_token() for _ in range(200))) == set(ALPHABET)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0" * 25,
        "0" * 27,
        "a" * 26,
        "I" * 26,
        "L" * 26,
        "O" * 26,
        "U" * 26,
        "0" * 26 + "\n",
        " " + "0" * 25,
        "０" * 26,
        "٠" * 26,
        "0" * 25 + "/",
        "0" * 25 + "\x00",
    ],
)
def test_is_token_refuses_anything_else(text: str) -> None:
    assert is_token(text) is False
