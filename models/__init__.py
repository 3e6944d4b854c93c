"""The structure, in words: what can happen to a service user and what the strategies change."""

from models.contract import *  # noqa: F403  (everything public in the contract is the package's interface)
