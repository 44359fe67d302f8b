# path_glmnet.R -- glmnet's Lasso path on a problem that lasso_race.py wrote.
#
# usage: Rscript path_glmnet.R FOLDER THRESH REPEATS      lambdas in FOLDER/lambdas.f64
# Prints the median of the repeats in seconds of processor time; writes FOLDER/beta.f64 (lambdas, features). Neither
# standardised nor an intercept, and no early end of the path: the same problem as everybody's.
suppressMessages(library(glmnet))
options <- commandArgs(trailingOnly = TRUE)
folder <- options[1]
doubles <- function(name, count) readBin(file.path(folder, name), "double", count)
integers <- function(name, count) readBin(file.path(folder, name), "integer", count)
shape <- scan(file.path(folder, "shape.txt"), what = "", quiet = TRUE)
size <- as.numeric(shape[-1])
y <- doubles("y.f64", size[1])
if (shape[1] == "csc") {
  X <- Matrix::sparseMatrix(i = integers("indices.i32", size[3]) + 1L, p = integers("indptr.i32", size[2] + 1),
                            x = doubles("x.f64", size[3]), dims = size[1:2])
} else {
  X <- matrix(doubles("x.f64", size[1] * size[2]), size[1], size[2])
}
lambdas <- doubles("lambdas.f64", 1e6)
glmnet.control(fdev = 0, devmax = 1)
seconds <- c()
for (k in seq_len(as.integer(options[3]))) {
  begin <- proc.time()
  fit <- glmnet(X, y, standardize = FALSE, intercept = FALSE, lambda = lambdas / size[1],
                thresh = as.numeric(options[2]), maxit = 1e7)
  spent <- proc.time() - begin
  seconds <- c(seconds, spent[["user.self"]] + spent[["sys.self"]])
}
beta <- as.matrix(fit$beta)
writeBin(as.vector(beta), file.path(folder, "beta.f64"))
cat(median(seconds), ncol(beta), "\n")
