"""The interactive page of a memory: `neurosim explore`.

`page` writes it: one self-contained HTML file whose program, `explore.js`, recalls in the browser by the exact
event-driven algorithm. `shown` chooses what a page holds of a network, and `builtin` has the networks that are shown
without a file. The program is built from `src/*.ts` with ``npm run build``; users need no Node. Measurements and
reports do not belong here.
"""
