"""What turns functions into jobs: configs, run folders, errors in one sentence."""
