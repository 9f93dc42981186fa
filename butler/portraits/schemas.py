"""What goes with a picture."""

from butler.web.fields import Flag, Schema


class PortraitIn(Schema):
    """Whether the person in it has agreed to the words on the form."""

    agreed = Flag(load_default=False)
