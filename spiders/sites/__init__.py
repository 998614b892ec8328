"""One parser a platform: `parse(page) -> Parsed`, no input or output."""
