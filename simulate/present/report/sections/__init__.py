"""One file a section of the report, or a few that go together."""
