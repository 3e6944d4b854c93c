"""What everything else of the parameters stands on: how mistakes are told, and how large a number may be."""
