# from the beginning
0 500000
0.4 2000000
PERIODICITY 0.7
