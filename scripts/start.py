"""Set up recovery-cea in a private environment and run it, with nothing but Python 3.11 or newer.

    python3 scripts/start.py run joint_crisis_plan   set up, then run an analysis
    python3 scripts/start.py list                    any `recovery-cea` command
    python3 scripts/start.py test                    set up, then pass the tests (pytest's own options may follow)
    python3 scripts/start.py python -m mypy          the environment's own Python
    python3 scripts/start.py setup                   set up only

The environment is the folder .venv-recovery-cea of the checkout. It is made on first use from requirements.lock,
every file checked against its hash, and made again when the lock changes. Delete the folder to undo everything.
"""
# Only syntax that Python 2.7 and 3.5 also read (no f-strings, no annotations), so that an old Python can say which
# one is needed. What only Python 3.11 has is called after the version has been checked.

import hashlib
import importlib
import os
import shutil
import subprocess
import sys
import time

NEEDED = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WINDOWS = os.name == "nt"
OUR_PACKAGES = [os.path.join(ROOT, name) for name in ("simulate", "models", "parameters")]
# The tested releases, newest first, then whatever else may be newer.
OTHER_PYTHONS = [["python3.%d" % minor] for minor in (14, 13, 12, 11)] + [["python3"], ["py", "-3"]]
# -P keeps the current folder off the import path: somebody's `models` there must not shadow ours.
COMMAND = "import sys; sys.argv[0] = 'recovery-cea'; from simulate.present.cli import main; sys.exit(main())"
# These lead a child to another Python's packages, or an installer away from our environment.
UNWANTED = ["PYTHONPATH", "PYTHONHOME", "__PYVENV_LAUNCHER__"]
UNWANTED += ["PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "UV_SYSTEM_PYTHON", "UV_TARGET", "UV_PREFIX"]
# One version of everything, as published (never built here), and only if it is the very file that was tested.
LOCKED = ["--require-hashes", "--only-binary", ":all:", "-r", os.path.join(ROOT, "requirements.lock")]
HAS_PIP = "import importlib.util, sys; sys.exit(importlib.util.find_spec('pip') is None)"
# One process of tests a processor, a file of tests in one of them.
SIDE_BY_SIDE = ["-n", "auto", "--dist", "loadfile"]
EXIT_SETUP_FAILED = 4
EXIT_INTERRUPTED = 130


class SetupError(Exception):
    """Set-up cannot go on; the text says why and what to do."""


def say(text):
    # type: (str) -> None
    """Write a line to stderr: stdout belongs to the command."""
    sys.stderr.write("start.py: " + text + "\n")
    sys.stderr.flush()


# --- which Python -----------------------------------------------------------------------------


def ensure_python(arguments):
    # type: (list[str]) -> int | None
    """None on a new enough Python; else hand over to a newer one on PATH and return its exit code."""
    if sys.version_info[:2] >= NEEDED:
        return None
    here = "%d.%d" % sys.version_info[:2]
    needed = "%d.%d" % NEEDED
    newer = newer_python(OTHER_PYTHONS)
    if newer is None:
        say("this is Python %s; recovery-cea needs Python %s or newer, and none was found on PATH." % (here, needed))
        say("Install one (https://www.python.org/downloads/, or `uv python install`) and run this script with it.")
        return EXIT_SETUP_FAILED
    say("this is Python %s and %s or newer is needed; going on with `%s`." % (here, needed, " ".join(newer)))
    return subprocess.call(newer + [os.path.abspath(__file__)] + arguments)


def newer_python(candidates):
    # type: (list[list[str]]) -> list[str] | None
    """The first of the commands that starts a Python that is new enough, and is not our environment's own."""
    probe = "import os, sys; sys.exit(sys.version_info[:2] < (%d, %d)" % NEEDED
    probe += " or os.path.realpath(sys.prefix) == %r)" % os.path.realpath(environment_folder())
    with open(os.devnull, "w") as nowhere:
        for candidate in candidates:
            try:
                if subprocess.call(candidate + ["-c", probe], stdout=nowhere, stderr=nowhere) == 0:
                    return candidate
            except OSError:
                pass
    return None


def leave_environment(arguments):
    # type: (list[str]) -> int | None
    """None unless our environment's own Python runs this and has to be made again: then another one does, whose exit
    code is returned. Nobody empties the folder that they run in."""
    if not is_inside() or is_ready():
        return None
    other = newer_python([[getattr(sys, "_base_executable", None) or sys.executable]] + OTHER_PYTHONS)
    if other is None:
        say("%s has to be made again, and this is its own Python; no other one was found." % environment_folder())
        say("Nothing was touched. Run the same command with a Python %d.%d or newer from elsewhere." % NEEDED)
        return EXIT_SETUP_FAILED
    say("the environment has to be made again; going on with `%s`, which is not in it." % " ".join(other))
    return wait_for(subprocess.Popen(other + [os.path.abspath(__file__)] + arguments, env=child_environment()))


def is_inside():
    # type: () -> bool
    """Whether the Python that runs this is the environment's."""
    return os.path.realpath(sys.prefix) == os.path.realpath(environment_folder())


# --- the environment and its stamp ------------------------------------------------------------


def environment_folder():
    # type: () -> str
    """A name of our own, so that a .venv somebody made by hand is never touched."""
    return os.path.join(ROOT, ".venv-recovery-cea")


def environment_python():
    # type: () -> str
    """Path of the environment's interpreter, whether or not it exists yet."""
    parts = ("Scripts", "python.exe") if WINDOWS else ("bin", "python")
    return os.path.join(environment_folder(), *parts)


def stamp_path():
    # type: () -> str
    """The file whose presence says that set-up was finished; it is written last."""
    return os.path.join(environment_folder(), "recovery-cea.stamp")


def file_hash(name):
    # type: (str) -> str
    """SHA-256 of a file of the checkout, whatever line ends git gave it."""
    with open(os.path.join(ROOT, name), "rb") as file:
        return hashlib.sha256(file.read().replace(b"\r\n", b"\n")).hexdigest()


def wanted_stamp():
    # type: () -> list[str]
    """What the environment depends on: the lock, where both ends lie (neither can be moved), the project's metadata."""
    return [
        "lock " + file_hash("requirements.lock"),
        "python " + os.path.realpath(environment_python()),
        "checkout " + ROOT,
        "project " + file_hash("pyproject.toml"),
    ]


def found_stamp():
    # type: () -> list[str]
    """The lines of the stamp; none when set-up was never finished or the interpreter has gone."""
    if not os.path.exists(environment_python()):
        return []
    try:
        with open(stamp_path(), "rb") as file:
            return file.read().decode("utf-8").splitlines()
    except (IOError, OSError, UnicodeDecodeError):
        return []


def is_ready():
    # type: () -> bool
    """Whether the environment is the one that this checkout asks for."""
    wanted = wanted_stamp()
    return found_stamp()[: len(wanted)] == wanted


def write_stamp():
    # type: () -> None
    """Declare set-up finished, in one step."""
    lines = wanted_stamp() + ["version " + sys.version.split()[0]]
    with open(stamp_path() + ".new", "wb") as file:
        file.write(("\n".join(lines) + "\n").encode("utf-8"))
    os.replace(stamp_path() + ".new", stamp_path())


def remove_stamp():
    # type: () -> None
    """Declare set-up unfinished."""
    if os.path.exists(stamp_path()):
        os.remove(stamp_path())


# --- one at a time ----------------------------------------------------------------------------


class Lock(object):
    """The operating system's lock on a file in the environment: shared while a command runs, exclusive during set-up.

    It is released when its process ends, however it ends, so it is never stale. Where a file system
    has no locks, or the checkout cannot be written, `held` stays False and work goes on without.
    """

    def __init__(self):
        # type: () -> None
        self.descriptor = -1
        self.held = False
        try:
            if not os.path.isdir(environment_folder()):
                os.mkdir(environment_folder())
            path = os.path.join(environment_folder(), "start.lock")
            mode = os.O_RDWR | os.O_CREAT if os.access(environment_folder(), os.W_OK) else os.O_RDONLY
            self.descriptor = os.open(path, mode)
        except OSError:
            pass

    def take(self, shared):
        # type: (bool) -> None
        """Wait until the lock is ours, saying so."""
        waited = False
        while self.descriptor >= 0 and not self._try(shared):
            if not waited:
                say("waiting: another start.py is setting up this checkout's environment, or still running in it ...")
                waited = True
            time.sleep(0.2)

    def _try(self, shared):
        # type: (bool) -> bool
        """Whether waiting is over: the lock is ours, or cannot be had here at all."""
        self.release()
        if WINDOWS and shared:
            return True  # Windows has no shared locks; it protects a running program's files by itself
        try:
            if WINDOWS:
                msvcrt = importlib.import_module("msvcrt")
                msvcrt.locking(self.descriptor, msvcrt.LK_NBLCK, 1)
            else:
                fcntl = importlib.import_module("fcntl")
                fcntl.flock(self.descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            self.held = True
        except (BlockingIOError, PermissionError):
            return False
        except OSError:
            pass
        return True

    def release(self):
        # type: () -> None
        """Give the lock back, so that two who both want more than they hold never wait for each other."""
        if not self.held:
            return
        if WINDOWS:
            msvcrt = importlib.import_module("msvcrt")
            msvcrt.locking(self.descriptor, msvcrt.LK_UNLCK, 1)
        else:
            fcntl = importlib.import_module("fcntl")
            fcntl.flock(self.descriptor, fcntl.LOCK_UN)
        self.held = False

    def close(self):
        # type: () -> None
        """Have no lock, and no file for one."""
        if self.descriptor >= 0:
            self.release()
            os.close(self.descriptor)
            self.descriptor = -1

    def keep_for_children(self):
        # type: () -> None
        """Let the lock last as long as the last child: an installer may outlive a killed start.py."""
        if self.descriptor >= 0 and not WINDOWS:
            os.set_inheritable(self.descriptor, True)


# --- setting up -------------------------------------------------------------------------------


def child_environment():
    # type: () -> dict[str, str]
    """This process's variables without those that lead a child to another Python's packages."""
    return {key: value for key, value in os.environ.items() if key not in UNWANTED}


def call(command):
    # type: (list[str]) -> int
    """Run an installer; its output goes to stderr. Returns its exit code, also when it was interrupted with us."""
    child = subprocess.Popen(command, env=child_environment(), stdout=sys.stderr, cwd=ROOT, close_fds=WINDOWS)
    return wait_for(child)


def wait_for(child):
    # type: (subprocess.Popen[bytes]) -> int
    """Exit code of a child; after Ctrl-C (which the child hears too) wait for it, then raise KeyboardInterrupt."""
    try:
        return child.wait()
    except KeyboardInterrupt:
        child.wait()
        raise


def set_up():
    # type: () -> None
    """Make the environment, or bring it up to date; SetupError says why it could not be made."""
    started = time.time()
    current, wanted = found_stamp(), wanted_stamp()
    if current[:3] == wanted[:3]:
        say("pyproject.toml has changed: installing the project again ...")
        remove_stamp()
        uv = find_uv()
        if uv is None or not install_project_with_uv(uv):
            install_project_with_pip()
    else:
        here = (os.path.basename(environment_folder()), sys.version.split()[0])
        say("setting up %s with Python %s (once; later starts are immediate) ..." % here)
        remove_stamp()
        install_everything()
    compile_bytecode(OUR_PACKAGES)
    write_stamp()
    say("ready after %.0f s." % (time.time() - started))


def install_everything():
    # type: () -> None
    """An empty environment, then all that the lock names, then the project itself: by uv, or else by pip."""
    uv = find_uv()
    if uv is not None:
        say("installing with uv from requirements.lock, every file checked against its hash ...")
        if install_with_uv(uv):
            return
        say("uv did not succeed (its message is above); trying pip ...")
    install_with_pip()


def find_uv():
    # type: () -> str | None
    """Path of a uv that works, or None."""
    uv = shutil.which("uv")
    if uv is None:
        return None
    answer = subprocess.call([uv, "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return uv if answer == 0 else None


def install_with_uv(uv):
    # type: (str) -> bool
    """Whether uv made the environment and filled it."""
    empty_environment()
    make = [uv, "venv", "--quiet", "--no-project", "--allow-existing", "--python", sys.executable]
    fill = [uv, "pip", "install", "--python", environment_python(), "--compile-bytecode"] + LOCKED
    return call(make + [environment_folder()]) == 0 and call(fill) == 0 and install_project_with_uv(uv)


def install_project_with_uv(uv):
    # type: (str) -> bool
    """Whether uv installed the project itself, editable, with the build back end already in the environment."""
    options = ["--quiet", "--no-deps", "--no-build-isolation", "-e", ROOT]
    return call([uv, "pip", "install", "--python", environment_python()] + options) == 0


def install_with_pip():
    # type: () -> None
    """The same with the standard library's venv and the pip it brings."""
    explain_missing_venv()
    empty_environment()
    must([sys.executable, "-m", "venv", environment_folder()], "making the environment")
    say("installing with pip from requirements.lock, every file checked against its hash ...")
    must(pip_install() + ["--no-compile"] + LOCKED, "installing the packages")
    say("compiling bytecode ...")
    compile_bytecode([os.path.join(environment_folder(), "Lib" if WINDOWS else "lib")])
    install_project_with_pip()


def install_project_with_pip():
    # type: () -> None
    """Install the project itself, editable, with the build back end already in the environment."""
    if call([environment_python(), "-c", HAS_PIP]) != 0:  # uv makes environments without it
        must([environment_python(), "-m", "ensurepip"], "bringing pip into the environment")
    must(pip_install() + ["--no-deps", "--no-build-isolation", "-e", ROOT], "installing the project itself")


def pip_install():
    # type: () -> list[str]
    """How the environment's pip is called."""
    return [environment_python(), "-m", "pip", "--disable-pip-version-check", "install", "--no-input", "--quiet"]


def compile_bytecode(places):
    # type: (list[str]) -> None
    """Compile folders of the checkout or below it, so that the first start is as quick as the second.

    The exit code is left aside: a package may carry a file that is no valid Python, as a test of its own.
    """
    call([environment_python(), "-m", "compileall", "-qq", "-j", "0"] + places)


def must(command, doing):
    # type: (list[str], str) -> None
    """Run one step of set-up; SetupError when it fails."""
    code = call(command)
    if code != 0:
        raise SetupError(
            "%s failed (exit code %d); the messages above say why. Set-up needs the network (or a mirror that pip or "
            "uv is configured for), about 1 GB of disk, and a platform that numba publishes for. Nothing outside %s "
            "was touched; run the same command again to retry." % (doing, code, environment_folder())
        )


def explain_missing_venv():
    # type: () -> None
    """SetupError when this Python lacks what makes environments, as Debian's does until a package is added."""
    try:
        for name in ("venv", "ensurepip"):
            importlib.import_module(name)
    except ImportError:
        raise SetupError(
            "this Python (%s) comes without `%s`, which makes private environments. On Debian or Ubuntu: "
            "sudo apt install python%d.%d-venv. Elsewhere, install uv or a Python from python.org, and run the same "
            "command again." % ((sys.executable, name) + sys.version_info[:2])
        )


def empty_environment():
    # type: () -> None
    """Remove everything in our own folder but the lock that is held on it."""
    if is_inside():
        raise SetupError("this Python stands in %s itself: run the command with another." % environment_folder())
    try:
        for name in os.listdir(environment_folder()):
            path = os.path.join(environment_folder(), name)
            if name == "start.lock":
                continue
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            else:
                os.remove(path)
    except OSError as error:
        raise SetupError("cannot clear %s (%s): is a program still running in it?" % (environment_folder(), error))


# --- handing over -----------------------------------------------------------------------------


def command_line(arguments):
    # type: (list[str]) -> list[str]
    """What to run in the environment for these arguments."""
    python = environment_python()
    if arguments[0] == "test":
        return [python, "-m", "pytest"] + SIDE_BY_SIDE + arguments[1:]
    if arguments[0] == "python":
        return [python] + arguments[1:]
    return [python, "-P", "-c", COMMAND] + arguments


def hand_over(arguments):
    # type: (list[str]) -> int
    """Become the command (POSIX), so that signals and the exit code are its own; on Windows, wait for it."""
    command = command_line(arguments)
    if arguments[0] == "test":
        os.chdir(ROOT)
    if not WINDOWS:
        os.execve(command[0], command, child_environment())
    return wait_for(subprocess.Popen(command, env=child_environment()))


def prepare(lock):
    # type: (Lock) -> None
    """Leave with an environment that is ready, and a shared lock on it that lasts as long as the command."""
    lock.take(shared=True)
    while not is_ready():
        lock.take(shared=False)
        lock.keep_for_children()
        if not is_ready():
            set_up()
        lock.take(shared=True)
    lock.keep_for_children()


def main(arguments):
    # type: (list[str]) -> int
    """Exit code: the command's own; 2 without one, 4 when set-up failed, 130 when interrupted."""
    if not arguments or arguments[0] in ("-h", "--help"):
        sys.stdout.write(str(__doc__))
        return 0 if arguments else 2
    lock = None
    try:
        code = ensure_python(arguments)
        if code is None:
            code = leave_environment(arguments)
        if code is not None:
            return code
        lock = Lock()
        prepare(lock)
        return 0 if arguments[0] == "setup" else hand_over(arguments)
    except KeyboardInterrupt:
        say("interrupted.")
        return EXIT_INTERRUPTED
    except (SetupError, OSError) as error:
        say(str(error))
        return EXIT_SETUP_FAILED
    finally:
        if lock is not None:
            lock.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
