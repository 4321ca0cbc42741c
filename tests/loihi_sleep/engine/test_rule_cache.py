"""Compiled learning rules on disk: what is loaded, what is compiled anew, what is refused."""

import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.magma.core.run_conditions import RunSteps
from lava.proc.dense.process import LearningDense
from lava.proc.io.source import RingBuffer

from loihi_sleep import engine
from loihi_sleep.engine.rules import cache as rule_cache
from loihi_sleep.engine.rules import compile as rule_functions
from loihi_sleep.engine.rules import private_folder
from loihi_sleep.engine.rules.private_folder import SharedFolder, make_private, refuse_shared

# A rule that no other test compiles: 3 * 2^1 weight units at each of 5 spikes.
DW, LEARNED = "3*2^1*x0", 30


def learned_weight():
    rule = Loihi2FLearningRule(dw=DW, x1_impulse=1, x1_tau=1, rng_seed=0)
    synapse = LearningDense(weights=np.zeros((1, 1)), learning_rule=rule)
    RingBuffer(data=np.ones((1, 5), int)).s_out.connect(synapse.s_in)
    engine.attach(synapse, "fixed")
    # Spikes take a step to the synapse, and five are sent in five steps.
    synapse.run(condition=RunSteps(5))
    weight = synapse.weights.get()[0, 0]
    synapse.stop()
    return weight


@pytest.fixture(scope="module")
def made():
    """Name, function and code of the rule, compiled once."""
    noted = []
    compile_text = rule_functions.compile_text

    def compile_and_note(name, text):
        function, code = compile_text(name, text)
        noted.append((name, function, code))
        return function, code

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rule_cache, "usable_folder", lambda: None)
        patch.setattr(rule_functions, "compiled", rule_functions._compiled.__wrapped__)
        patch.setattr(rule_functions, "compile_text", compile_and_note)
        assert learned_weight() == LEARNED
    return noted[0]


@pytest.fixture
def entry(made, tmp_path, monkeypatch):
    """Path of the rule's entry in a cache of its own."""
    name, function, code = made
    monkeypatch.setenv("LOIHI_SLEEP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(rule_functions, "compiled", rule_functions._compiled.__wrapped__)
    monkeypatch.setattr(rule_functions, "compile_text", lambda *_: (function, code))
    assert learned_weight() == LEARNED
    path = tmp_path / "cache" / "rules" / name
    assert path.is_file()
    return path


def refuse_to_compile(*_):
    raise AssertionError("compiled although the cache holds it")


def test_another_process_loads_what_was_compiled(entry):
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_rule_cache as test\n"
        "test.rule_functions.compile_text = test.refuse_to_compile\n"
        "assert test.learned_weight() == test.LEARNED"
    )
    subprocess.run([sys.executable, "-c", script, str(Path(__file__).parent)], check=True)


class Planted:
    """A pickle that creates a file where it is loaded."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return (os.mkdir, (self.path,))


def changed(content, place):
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def no_file(path):
    path.unlink()


def other_text(path):
    """Put the entry of another rule in the place of this one."""
    made_from = b"the text of another rule"
    rule_cache.write(path, made_from, rule_cache.MachineCode("library", "function", b"o", b"b"))
    assert rule_cache.read(path, made_from) is not None


def link(path):
    target = path.with_name("elsewhere")
    path.rename(target)
    path.symlink_to(target)


def fifo(path):
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    "damage",
    [
        no_file,
        other_text,
        link,
        fifo,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes() + b"\n"),
        lambda path: path.write_bytes(changed(path.read_bytes(), 0)),
        lambda path: path.write_bytes(changed(path.read_bytes(), 70)),
        lambda path: path.write_bytes(changed(path.read_bytes(), 5000)),
        lambda path: path.write_bytes(pickle.dumps(Planted(path.with_name("marker")))),
        lambda path: path.write_text(f"open({str(path.with_name('marker'))!r}, 'w')"),
        lambda path: path.chmod(0o620),
        lambda path: path.chmod(0o602),
    ],
)
def test_what_is_no_entry_of_the_rule_is_compiled_anew_and_written_again(entry, damage):
    good = entry.read_bytes()
    damage(entry)
    assert learned_weight() == LEARNED
    assert entry.read_bytes() == good
    assert not entry.is_symlink()
    assert entry.stat().st_mode & 0o777 == 0o600
    assert not entry.with_name("marker").exists()


def test_an_entry_that_cannot_be_written_is_done_without(entry):
    entry.unlink()
    entry.mkdir()
    assert learned_weight() == LEARNED
    assert list(entry.parent.iterdir()) == [entry]


def test_a_reader_sees_a_whole_entry_while_others_write_it(entry, made):
    made_from, code = b"text", made[-1]
    path = entry.with_name("other")
    rule_cache.write(path, made_from, code)
    writers = [
        threading.Thread(
            target=lambda: [rule_cache.write(path, made_from, code) for _ in range(50)]
        )
        for _ in range(2)
    ]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert rule_cache.read(path, made_from) == code
    for writer in writers:
        writer.join()
    assert len(list(path.parent.iterdir())) == 2


@pytest.fixture
def unsheltered(monkeypatch, tmp_path):
    """A folder none of whose parents counts as closed to others."""
    monkeypatch.setattr(private_folder, "OTHERS_ENTER", 0o7777)
    return tmp_path


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o757, 0o1777])
def test_a_cache_that_others_can_write_to_is_refused(unsheltered, monkeypatch, mode):
    rules = unsheltered / "rules"
    rules.mkdir()
    rules.chmod(mode)
    monkeypatch.setenv("LOIHI_SLEEP_CACHE", str(unsheltered))
    message = (
        f"LOIHI_SLEEP_CACHE is {unsheltered}, .*: other users can write to {rules} "
        rf"\(mode {mode:04o}\): chmod go-w {rules}, or name another folder"
    )
    with pytest.raises(ValueError, match=message):
        rule_cache.usable_folder()


def test_a_folder_above_must_be_private_or_sticky(unsheltered):
    above = unsheltered / "above"
    folder = above / "folder"
    make_private(folder)
    above.chmod(0o777)
    with pytest.raises(SharedFolder, match=f"can write to {above} .*: chmod go-w {above}"):
        refuse_shared(folder)
    above.chmod(0o1777)
    refuse_shared(folder)


def test_what_nobody_else_can_enter_is_private(tmp_path):
    closed = tmp_path / "closed"
    folder = closed / "open"
    make_private(folder)
    folder.chmod(0o777)
    refuse_shared(folder)


def test_a_folder_of_another_user_is_refused(tmp_path, monkeypatch):
    user = os.geteuid()
    monkeypatch.setattr(private_folder, "_user", lambda: user + 1)
    monkeypatch.setattr(private_folder, "ROOT", -1)
    with pytest.raises(SharedFolder, match=f"{tmp_path} belongs to user {user}, not to you"):
        refuse_shared(tmp_path)
    assert not private_folder.is_own_file(Path(__file__).stat())


def test_the_users_own_cache_is_done_without_where_others_can_write_to_it(unsheltered, monkeypatch):
    monkeypatch.delenv("LOIHI_SLEEP_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(unsheltered))
    folder = rule_cache.usable_folder()
    assert folder == unsheltered.resolve() / "loihi-sleep" / "rules"
    folder.chmod(0o777)
    with pytest.warns(UserWarning, match=r"rules are not kept, as other users .*: chmod go-w /"):
        assert rule_cache.usable_folder() is None


def test_new_folders_are_the_users_alone(tmp_path):
    old = os.umask(0)
    try:
        make_private(tmp_path / "a" / "b")
    finally:
        os.umask(old)
    for folder in (tmp_path / "a", tmp_path / "a" / "b"):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_cache_that_is_no_folder_is_refused(tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("LOIHI_SLEEP_CACHE", str(file))
    with pytest.raises(ValueError, match="LOIHI_SLEEP_CACHE is .*file', which is no folder"):
        rule_cache.usable_folder()


def test_a_rule_whose_code_was_not_handed_over_works_and_is_not_kept(made, entry, monkeypatch):
    _, function, _ = made
    entry.unlink(missing_ok=True)
    monkeypatch.setattr(rule_functions, "compile_text", lambda *_: (function, None))
    assert learned_weight() == LEARNED
    assert not entry.exists()
