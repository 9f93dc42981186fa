"""Parts of paths. What does not have the one right form is not found."""

from werkzeug.routing import BaseConverter, IntegerConverter, ValidationError

from butler.kit.numbers import read_number


class Digits(IntegerConverter):
    """`<int:…>`: ASCII digits, no leading zeros, at most 18 of them, so that every match fits a bigint."""

    regex = "(?:0|[1-9][0-9]{0,17})"


class Number(BaseConverter):
    """`<number:…>`: a public number such as `7K3M-2QWX-9A4F`, given to the view in its canonical form."""

    regex = "[0-9A-Za-z -]{12,20}"

    def to_python(self, value: str) -> str:
        number = read_number(value)
        if number is None:
            raise ValidationError
        return number
