"""A QR code as one path, to stand in a page: nothing is fetched, nothing is kept, no script draws it."""

import qrcode


def qr_path(text: str) -> tuple[int, str]:
    """The side of the square in modules, with its quiet zone of four, and the path (SVG) of its dark modules."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    dark = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, on in enumerate(row) if on)
    return len(matrix), "".join(dark)
