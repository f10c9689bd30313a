"""The tables that ship: samples for the demonstration and the tests, never the official sets."""
