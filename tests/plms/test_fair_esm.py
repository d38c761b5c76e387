import subprocess
import sys

import interplm


def test_another_package_of_that_name_is_one_sentence(tmp_path):
    """As when the package of ESM C lies over fair-esm's."""
    package = tmp_path / "esm"
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    code = (
        "from interplm.errors import UserError\n"
        "try:\n"
        "    import interplm.plms.esm2\n"
        "except UserError as error:\n"
        "    print(error)\n"
    )
    source = interplm.__path__[0].removesuffix("/interplm")
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": f"{tmp_path}:{source}"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "is not fair-esm" in done.stdout
    assert "fair-esm==2.0.0" in done.stdout
