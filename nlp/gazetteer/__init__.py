"""Places of the world's corridors to Europe, with their names in every script we read.

`places.tsv.gz` is made by `build.py` from GeoNames (CC BY 4.0, see NOTICE.md), the names of
countries in Unicode's CLDR, and the two hand-written lists beside it. `load.py` reads it.
"""
