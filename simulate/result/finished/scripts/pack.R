# Comes to the decision tables of a run from its draws, results/psa.csv, in base R: Rscript reproduce.R
# It stops where one is not the table that the run wrote. What a run withholds is blank there, and not compared.

said <- grep("^--file=", commandArgs(FALSE), value = TRUE)
folder <- if (length(said)) dirname(sub("^--file=", "", said[1])) else "."
source(file.path(folder, "tables.R"))
results <- function(name) table_of(file.path("results", name))

draws <- results("psa.csv")
curve <- results("ceac.csv")
strategies <- sub("^probability_", "", grep("^probability_", names(curve), value = TRUE))
cost <- as.matrix(draws[paste0("cost_", strategies)])
effect <- as.matrix(draws[paste0("effect_", strategies)])
colnames(cost) <- colnames(effect) <- strategies
told <- function(what, found, wanted) {
  wanted <- as.numeric(wanted)
  there <- !is.na(wanted)
  if (!any(there)) {
    cat(sprintf("%s: not told by the run (see withheld in results/summary.json).\n", what))
  } else {
    same(what, as.numeric(found)[there], wanted[there])
    cat(sprintf("%s: the same, %d numbers.\n", what, sum(there)))
  }
  any(there)
}

wanted <- results("incremental.csv")
found <- incremental(cost, effect)
at <- match(wanted$strategy, found$strategy)
status <- sub(",.*", "", wanted$status)
known <- status != "equal"
if (!identical(found$status[at][known], status[known])) stop("dominance differs")
found$icer[at[is.na(as.numeric(wanted$icer))]] <- NA
cat("Decision table, by mean cost and effect per person:\n")
print(found, row.names = FALSE)
. <- told("cost", found$cost[at], wanted$cost)
. <- told("effect", found$effect[at], wanted$effect)
. <- told("ICERs", found$icer[at], wanted$icer)

shares <- matrix(ceac(cost, effect, curve$threshold), nrow = nrow(curve))
if (nrow(curve) == 1) shares <- matrix(shares, nrow = 1)
shown <- data.frame(threshold = curve$threshold, shares)
names(shown) <- c("threshold", strategies)
rows <- unique(round(seq(1, nrow(shown), length.out = min(11, nrow(shown)))))
if (told("CEAC (share of draws in which each strategy is best)", shares, as.matrix(curve[paste0("probability_", strategies)]))) {
  print(shown[rows, ], row.names = FALSE)
}

worth <- results("evpi.csv")
value <- evpi(cost, effect, worth$threshold)
if (told("EVPI per person", value, worth$value)) {
  print(data.frame(threshold = worth$threshold, evpi = value)[rows, ], row.names = FALSE)
}
cat("The same decision tables.\n")
