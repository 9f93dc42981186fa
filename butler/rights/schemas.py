"""What somebody may send about their own data."""

from butler.web.fields import Schema, Text


class NameIn(Schema):
    """What somebody says they are called."""

    name = Text(max=50, required=True, metadata={"title": "姓名"})
