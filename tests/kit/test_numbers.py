"""Numbers people read aloud, and what is stored of a secret."""

from hypothesis import given
from hypothesis import strategies as st

from butler.kit import numbers


def test_new_number_is_grouped_and_reads_back() -> None:
    number = numbers.new_number()

    assert [len(group) for group in number.split("-")] == [4, 4, 4]
    assert numbers.read_number(number) == number
    assert numbers.read_number(number.lower().replace("-", " ")) == number


@given(st.integers(0, 11), st.sampled_from(numbers.ALPHABET))
def test_every_single_typo_is_noticed(place: int, wrong: str) -> None:
    plain = numbers.new_number().replace("-", "")
    typed = plain[:place] + wrong + plain[place + 1 :]

    assert (numbers.read_number(typed) is not None) == (typed == plain)


@given(st.text(max_size=30))
def test_read_number_gives_a_number_or_none(text: str) -> None:
    read = numbers.read_number(text)

    assert read is None or numbers.read_number(read) == read


def test_lookalikes_are_forgiven() -> None:
    while "0" not in (number := numbers.new_number()):
        pass

    assert numbers.read_number(number.replace("0", "O")) == number


def test_numbers_tell_nothing_of_each_other() -> None:
    assert len({numbers.new_number() for _ in range(2000)}) == 2000


def test_fingerprint_is_not_the_secret() -> None:
    secret = numbers.new_secret()

    assert len(secret) >= 43
    assert secret not in numbers.fingerprint(secret)
    assert numbers.fingerprint(secret) == numbers.fingerprint(secret)


def test_request_name_is_six_readable_characters() -> None:
    name = numbers.request_name("01JD8")

    assert len(name) == 6
    assert set(name) <= set(numbers.ALPHABET)
