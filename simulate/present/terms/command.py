"""A command that tells all that cannot be read of what was typed at once, where typer stops at the first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from typer import BadParameter
from typer.core import TyperCommand
from typer.exceptions import TyperException

NO_OPTION = ("NoSuchOption", "BadOptionUsage")  # raised before any value is read


class SeveralMistakes(TyperException):
    """Several of typer's own, in the order in which they were typed."""

    def __init__(self, faults: list[TyperException]) -> None:
        super().__init__("\n".join(fault.message for fault in faults))
        self.faults = faults


class Command(TyperCommand):
    """A command whose options and arguments are read one after another although some cannot be.

    ``SeveralMistakes`` where more than one cannot. An option that takes one value is refused where it is given twice.
    Beside an option that there is not, no argument is missed nor too many: its value may have been taken for one.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        typed = list(args)
        try:
            read = super().parse_args(ctx, args)
            order = [] if ctx.resilient_parsing else self.make_parser(ctx).parse_args(args=list(typed))[2]
            for fault in _given_twice(ctx, order):
                raise fault
            return read
        except TyperException as fault:
            if ctx.resilient_parsing or type(fault).__name__ == "NoArgsIsHelpError":
                raise
            faults = list(self._faults(ctx, typed))
            if len(faults) > 1:
                raise SeveralMistakes(faults) from fault
            _within(fault, ctx)
            raise

    def _faults(self, ctx: Any, args: list[str]) -> Iterator[TyperException]:
        found: tuple[dict[str, Any], list[str], list[Any]] | None = None
        refused = 0
        while found is None:
            try:
                found = self.make_parser(ctx).parse_args(args=list(args))
            except TyperException as fault:
                yield _within(fault, ctx)
                place = _place(args, str(getattr(fault, "option_name", "")))
                if type(fault).__name__ not in NO_OPTION or place is None:
                    return
                args, refused = args[:place] + args[place + 1 :], refused + 1
        options, rest, order = found
        yield from _given_twice(ctx, order)
        for param in dict.fromkeys([*order, *self.get_params(ctx)]):
            try:
                _, rest = param.handle_parse_result(ctx, options, rest)
            except TyperException as fault:
                if not refused or type(fault).__name__ == "BadParameter":
                    yield fault
        if rest and not refused:
            yield from _too_many(ctx, rest)


def _given_twice(ctx: Any, order: list[Any]) -> Iterator[TyperException]:
    """Options given again, of whose values the last would win in silence; a flag that only says yes may be repeated."""
    for param in dict.fromkeys(order):
        says_all = param.param_type_name != "option" or param.multiple or (param.is_flag and not param.secondary_opts)
        if not says_all and order.count(param) > 1:
            yield BadParameter("given twice; allowed: once", ctx=ctx, param=param)


def _within(fault: Any, ctx: Any) -> Any:
    """What typer raised, with the context that it leaves out of some."""
    fault.ctx = getattr(fault, "ctx", None) or ctx
    return fault


def _place(args: list[str], option: str) -> int | None:
    """Where an option stands among what was typed; None where it does not."""
    return next((k for k, word in enumerate(args) if word == option or word.startswith(f"{option}=")), None)


def _too_many(ctx: Any, rest: list[str]) -> Iterator[TyperException]:
    try:
        ctx.fail(f"Got unexpected extra argument(s) ({' '.join(rest)})")
    except TyperException as fault:
        yield fault
