"""The numbers: parameter records with unit, distribution and source; loading, checking and sampling."""

from parameters.files.loaded import BEGUN  # first: from here on files are loaded
from parameters.life_tables import life_table
from parameters.loading import check, inline, load
from parameters.mistakes import InputError, Problem
from parameters.money.model_money import Money
from parameters.records import Parameter, ParameterSet, Source
from parameters.sampling import Draws, sample
from parameters.units import PARAMETERS_DIR, price_index, to_engine

__all__ = [
    "BEGUN",
    "PARAMETERS_DIR",
    "Draws",
    "InputError",
    "Money",
    "Parameter",
    "ParameterSet",
    "Problem",
    "Source",
    "check",
    "inline",
    "life_table",
    "load",
    "price_index",
    "sample",
    "to_engine",
]
