"""Files of people, read whole: each once, regular ones alone, and no larger than they can be of use."""
