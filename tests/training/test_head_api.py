"""Models of head motion are told apart in the table of their figures."""

from lipflap.training.head_api import name_apart


def test_models_of_one_name_in_two_folders_are_both_measured() -> None:
    models = ["runs/a/heads.safetensors", "runs/b/heads.safetensors", "head_motion"]
    assert name_apart(models) == {
        "runs/a/heads.safetensors": "runs/a/heads.safetensors",
        "runs/b/heads.safetensors": "runs/b/heads.safetensors",
        "head_motion": "head_motion",
    }
    assert name_apart(["runs/a/heads.safetensors"] * 2) == {"heads": "runs/a/heads.safetensors"}
