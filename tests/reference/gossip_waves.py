"""Dates of a gossip method on a ring without a barrier, by the max-plus recursion.

Node i begins iteration t + 1 at x_i(t+1) = max(x_i(t) + g_i(t), max over neighbours j of
x_j(t) + g_j(t) + latency), where its own messages do not hold it up. Prints golden numbers of
tests/protocols/gossip_test.cpp: the dates at which each node has ended the last iteration."""

NODES, ITERATIONS, LATENCY = 11, 30, 0.02


def gradient(node, t):
    """Seconds; node 5 is slow in one iteration."""
    return 0.01 * (1 + (3 * node + 5 * t) % 7) + (0.5 if (node, t) == (5, 4) else 0.0)


dates = [0.0] * NODES
for t in range(1, ITERATIONS + 1):
    sent = [date + gradient(i, t) for i, date in enumerate(dates)]
    dates = [max(sent[i], sent[i - 1] + LATENCY, sent[(i + 1) % NODES] + LATENCY)
             for i in range(NODES)]
print(", ".join(f"{date:.12f}" for date in dates))
