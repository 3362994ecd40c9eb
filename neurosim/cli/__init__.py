"""The `neurosim` command, one file per subcommand, and the framework of the programs in analysis/ and training/.

`main` collects the commands; `options`, `inputs`, `output` and `errors` hold shared parts; `parse` is the one parser
of texts; `program` runs a program, `figures` several, and `training` has the options of those that train one network.
Measurements, drawings and pages do not belong here. Modules of commands import the library inside their functions, so
that ``neurosim --help`` is fast.
"""
