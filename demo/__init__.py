"""A local site of invented posts, for the demonstration and the tests."""
