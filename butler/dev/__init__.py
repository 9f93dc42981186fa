"""The development supervisor: the only code that knows the embedded servers; everything else sees two URLs."""
