"""What several tests share: shops made up, and the program run."""
