"""Black-box tests of any decision problem, after TECH-VER and AdViSHE: see ``verification``."""
