"""What is scored beside an SAE, by its name in the database."""

SAE = "sae"
UNTRAINED = "untrained_plm_sae"
BASELINES = ("neurons", "random_sae", "pca")
# As people read them, in the order in which they are shown.
NAMES = {
    SAE: "SAE",
    "neurons": "PLM neurons",
    "pca": "Principal components",
    "random_sae": "Random SAE",
    UNTRAINED: "SAE of an untrained PLM",
}
