# Comes to the same decision tables from c.csv and e.csv, and hands them to voi where that is installed:
# Rscript reproduce.R

said <- grep("^--file=", commandArgs(FALSE), value = TRUE)
source(file.path(if (length(said)) dirname(sub("^--file=", "", said[1])) else ".", "tables.R"))
ours <- table_of("our_evpi.csv")
outputs <- list(e = table_of("e.csv"), c = table_of("c.csv"), k = ours$threshold)
reproduce(outputs$c, outputs$e)

if (requireNamespace("voi", quietly = TRUE)) {
  found <- voi::evpi(outputs)
  same("voi's EVPI", found$evpi, ours$value)
  if (file.exists(file.path(here(), "parameters.csv"))) {
    inputs <- table_of("parameters.csv")
    print(voi::evppi(outputs, inputs, pars = as.list(names(inputs))))
  }
}
