"""Raw transcripts to typed facts, by named strict parsers. Pure."""
