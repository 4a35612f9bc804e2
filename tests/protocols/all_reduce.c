#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

/* Prints the simulated seconds of an all-reduce of argv[1] floats. */
int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  const int entries = atoi(argv[1]);
  float* mine = calloc(entries, sizeof *mine);
  float* sum = calloc(entries, sizeof *sum);
  int rank;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Barrier(MPI_COMM_WORLD);
  const double begin = MPI_Wtime();
  MPI_Allreduce(mine, sum, entries, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
  double took = MPI_Wtime() - begin, longest;
  MPI_Reduce(&took, &longest, 1, MPI_DOUBLE, MPI_MAX, 0, MPI_COMM_WORLD);
  if (rank == 0) printf("seconds %.9f\n", longest);
  MPI_Finalize();
  return 0;
}
