import pytest

from loihi_sleep.files.settings_file import LARGEST, read_settings_file


def test_settings_are_read_by_name(tmp_path):
    path = tmp_path / "one.yaml"
    path.write_text("sleep: {steps: 200}\nseeds: [0, 1]\n")
    assert read_settings_file(path, "a plan") == {"sleep": {"steps": 200}, "seeds": [0, 1]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "one.yaml cannot be read: "),
        (b"{", "one.yaml cannot be read: it is not valid YAML"),
        (b"\xff", "one.yaml cannot be read: 'utf-8' codec"),
        (b"a: " + b" " * LARGEST, "one.yaml cannot be read: "),
        (b"[1]", "one.yaml is not a plan: it holds no settings by name"),
        (b"", "one.yaml is not a plan: it holds no settings by name"),
    ],
)
def test_what_holds_none_is_refused(content, message, tmp_path):
    path = tmp_path / "one.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_settings_file(path, "a plan")
