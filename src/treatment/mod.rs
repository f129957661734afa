//! Column kernels: array in, array out, one file per treatment.
