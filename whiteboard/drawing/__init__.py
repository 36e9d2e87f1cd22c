"""The board as pictures, pure: the same marks become pixels, SVG and PDF. Exports and recordings draw with it.

`boxes` are rectangles, `marks` say what an item leaves on the page, `letters` lay text out; `raster`, `svg` and
`pdf` draw marks. `easel` repaints only what an edit touched.
"""
