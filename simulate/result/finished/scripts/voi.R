# Comes to the same decision tables from c.csv and e.csv, and hands them to voi where that is installed:
# Rscript reproduce.R

said <- grep("^--file=", commandArgs(FALSE), value = TRUE)
source(file.path(if (length(said)) dirname(sub("^--file=", "", said[1])) else ".", "tables.R"))
ours <- table_of("our_evpi.csv")
outputs <- list(e = table_of("e.csv"), c = table_of("c.csv"), k = ours$threshold)
reproduce(outputs$c, outputs$e)

if (requireNamespace("voi", quietly = TRUE)) {
  same("voi's EVPI", voi::evpi(outputs)$evpi, ours$value)
  cat("voi", format(packageVersion("voi")), "finds the same EVPI at every threshold.\n")
  if (file.exists(file.path(here(), "parameters.csv"))) {
    inputs <- table_of("parameters.csv")
    label <- names(inputs)
    names(inputs) <- paste0("p", seq_along(label))  # voi makes formulas of the names
    k <- ours$threshold[which.max(ours$value)]  # where there is most to learn
    at <- list(e = outputs$e, c = outputs$c, k = k)
    cat("Its EVPPI of single parameters at", k, "\n")
    found <- voi::evppi(at, inputs, pars = as.list(names(inputs)), check = FALSE)
    found$pars <- label[match(found$pars, names(inputs))]
    print(found[order(-found$evppi), c("pars", "evppi")], row.names = FALSE)
  }
}
