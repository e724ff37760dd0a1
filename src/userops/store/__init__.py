"""The prepared store: exports read once, their orders and ledger kept as Parquet.

`userops prepare` makes one, for a set of exports and a way of reading them; from then on
commands over the same exports are answered from it as long as the exports are what they were.
A store is never believed: what it was made from is looked at before it's used, and each of its
files is checked before it's read. Where anything doesn't fit it's made again, and where that
can't be done the exports are read as if there were none.

    .userops/                     beside userops.toml, else here; this user's alone
      .gitignore
      <digest of exports and reading>/
        lock
        manifest.json             what there is; written last, so that a store is whole or not at all
        <export>-.../             an export's rows, before they're judged beside others'
        set-.../                  what all exports together give: orders by user, users, ledger ...

file : text
    The export.
rows : count
    Its rows, refused ones included.
kept_as : kept, added, rebuilt
    Whether its rows are those that were `kept` before, are `added` because it's new here, or were
    `rebuilt` because it has changed.
bytes : count
    What its rows take in the store.

Tables: `exports` (a row an export).
"""

FOLDER = ".userops"
