"""A module a stage: `run(config, time_budget)` says whether it is finished, `main(config, args)` serves the command line."""

# Stages that a module of another name runs.
MODULES = {"all": "everything", "l2": "student", "ours": "student", "sinsr": "student", "ours-conv": "student",
           "ours-latent": "student", "crops": "sets", "split": "sets"}
