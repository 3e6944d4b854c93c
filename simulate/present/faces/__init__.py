"""One face an analysis: what is written, drawn and said of it; see ``simulate.present.terms.face``."""
