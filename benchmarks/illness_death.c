/* Workload W1 by hand: the ceiling that benchmarks/compare.py holds the engine against.
 *
 *     cc -O3 -march=native -std=gnu11 -o illness_death illness_death.c -lm
 *     ./illness_death --draws 1000 --people 1000 [--exponential] [--common]
 *
 * The same model, outputs and random numbers as benchmarks/illness_death.py --fixed, with nothing in it that
 * this one model does not need. Strict libm: no -ffast-math, no vector library. Random numbers are a pure
 * function of (seed, draw, person, stream, occurrence), each absorbed by one splitmix64 finaliser.
 *
 * Without --common each strategy has people of its own. With it both strategies meet the same people, in the
 * very random numbers of the engine, so that the means agree to rounding; the Weibull quantiles of unit scale
 * of each person's first occurrences are then kept from one strategy to the next.
 */
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HEALTHY, SICK, DEAD, STATES };
enum { TRANSITIONS = 4, STRATEGIES = 2, KEPT = 4 };

static const double HORIZON = 40.0, DISCOUNT = 0.03;
static const int TO[TRANSITIONS] = {SICK, DEAD, HEALTHY, DEAD}; /* from healthy: 0 and 1; from sick: 2 and 3 */

/* blake2b-64 of "time\0falls_ill", "time\0dies_healthy", "time\0recovers", "time\0dies_sick" */
static const uint64_t STREAM[TRANSITIONS] = {
    UINT64_C(0x5C7BC238E528F4CA), UINT64_C(0xFC9503D658394255), UINT64_C(0x3F3E3C81731EEA0F), UINT64_C(0xE18899D36D8B08A4)};

static const double SHAPE[TRANSITIONS] = {0.7503619, 0.8541327, 1.0333375, 0.7148296};
static const double SCALE[TRANSITIONS] = {4.3832176, 13.2414151, 1.7777500, 3.7564362};
static const double LOG_TIME_RATIO[TRANSITIONS] = {0.2869342, 0.2551924, -0.2633561, -0.2044805};
static const double HAZARD[STRATEGIES][TRANSITIONS] = {
    {0.24113572, 0.09105800, 0.56139911, 0.34770536}, {0.18860490, 0.07198630, 0.73288719, 0.42406075}};
static const double UTILITY[STATES] = {0.65, 0.85, 0.0}, MEDICAL[STATES] = {1000.0, 1600.0, 0.0};
static const double DRUG[STRATEGIES] = {5000.0, 10000.0};

static inline uint64_t absorb(uint64_t key, uint64_t value) {
    uint64_t z = (key ^ value) + UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static inline double unit_exponential(uint64_t person, int k, uint64_t occurrence) {
    uint64_t x = absorb(absorb(person, STREAM[k]), occurrence);
    return -log(((double)(x >> 12) + 0.5) * 0x1p-52);
}

/* Time to transition k of the given strategy, from a unit exponential's transform that depends on no strategy. */
typedef struct {
    double shape_inverse[TRANSITIONS]; /* 0 where hazards are constant: then e itself is kept */
    double scale[STRATEGIES][TRANSITIONS];
} Model;

static inline double unit_time(const Model *m, uint64_t person, int k, uint64_t occurrence, int exponential) {
    double e = unit_exponential(person, k, occurrence);
    return exponential ? e : exp(log(e) * m->shape_inverse[k]);
}

static double seconds_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Sums over the people of one draw. */
typedef struct {
    double time[STRATEGIES][STATES];       /* years */
    double discounted[STRATEGIES][STATES]; /* years at DISCOUNT */
    double alive[STRATEGIES];              /* discounted years alive */
    double count[STRATEGIES][TRANSITIONS], discounted_count[STRATEGIES][TRANSITIONS];
} Sums;

static inline void one_draw(Sums *out, const Model *m, uint64_t draw_key, long people, int common, int exponential) {
    for (long p = 0; p < people; p++) {
        uint64_t person = absorb(draw_key, (uint64_t)p);
        double kept[TRANSITIONS][KEPT];
        uint32_t known[TRANSITIONS] = {0, 0, 0, 0};
        for (int s = 0; s < STRATEGIES; s++) {
            uint64_t key = common ? person : absorb(person, (uint64_t)s);
            uint32_t drawn[TRANSITIONS] = {0, 0, 0, 0};
            double now = 0.0, factor = 1.0;
            int state = HEALTHY;
            while (state != DEAD) {
                int first = state == HEALTHY ? 0 : 2, winner = first;
                double earliest = INFINITY;
                for (int k = first; k < first + 2; k++) {
                    double unit;
                    uint32_t n = drawn[k]++;
                    if (common && n < known[k]) {
                        unit = kept[k][n];
                    } else {
                        unit = unit_time(m, key, k, n, exponential);
                        if (common && n < KEPT) {
                            kept[k][n] = unit;
                            known[k] = n + 1;
                        }
                    }
                    double at = now + unit * m->scale[s][k];
                    if (at < earliest) {
                        earliest = at;
                        winner = k;
                    }
                }
                double end = earliest < HORIZON ? earliest : HORIZON;
                double after = exp(-DISCOUNT * end);
                out->time[s][state] += end - now;
                out->discounted[s][state] += (factor - after) / DISCOUNT;
                now = end;
                factor = after;
                if (earliest >= HORIZON) break;
                out->count[s][winner] += 1.0;
                out->discounted_count[s][winner] += factor;
                state = TO[winner];
            }
            out->alive[s] += (1.0 - factor) / DISCOUNT;
        }
    }
}

int main(int argc, char **argv) {
    long draws = 1000, people = 1000;
    uint64_t seed = 1;
    int common = 0, exponential = 0;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--draws") && i + 1 < argc) draws = atol(argv[++i]);
        else if (!strcmp(argv[i], "--people") && i + 1 < argc) people = atol(argv[++i]);
        else if (!strcmp(argv[i], "--seed") && i + 1 < argc) seed = strtoull(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--common")) common = 1;
        else if (!strcmp(argv[i], "--exponential")) exponential = 1;
        else {
            fprintf(stderr, "illness_death: unknown option %s\n", argv[i]);
            return 2;
        }
    }
    Model m;
    for (int k = 0; k < TRANSITIONS; k++) {
        m.shape_inverse[k] = 1.0 / SHAPE[k];
        m.scale[0][k] = exponential ? 1.0 / HAZARD[0][k] : SCALE[k];
        m.scale[1][k] = exponential ? 1.0 / HAZARD[1][k] : SCALE[k] * exp(LOG_TIME_RATIO[k]);
    }
    double begin = seconds_now(), events = 0.0;
    double cost[STRATEGIES] = {0.0, 0.0}, qaly[STRATEGIES] = {0.0, 0.0};
    uint64_t seed_key = absorb(UINT64_C(0x9E3779B97F4A7C15), seed);
    for (long d = 0; d < draws; d++) {
        Sums sums;
        memset(&sums, 0, sizeof sums);
        uint64_t draw_key = absorb(seed_key, (uint64_t)d);
        if (exponential) one_draw(&sums, &m, draw_key, people, common, 1);
        else one_draw(&sums, &m, draw_key, people, common, 0);
        for (int s = 0; s < STRATEGIES; s++) {
            cost[s] += sums.alive[s] * DRUG[s];
            for (int x = 0; x < STATES; x++) {
                cost[s] += sums.discounted[s][x] * MEDICAL[x];
                qaly[s] += sums.discounted[s][x] * UTILITY[x];
            }
            for (int k = 0; k < TRANSITIONS; k++) events += sums.count[s][k];
        }
    }
    double seconds = seconds_now() - begin, per_arm = (double)draws * (double)people;
    printf("{\"histories\": %.0f, \"seconds\": %.6f, \"histories_per_second\": %.1f, \"events_per_history\": %.9f, "
           "\"mean_qaly\": [%.15g, %.15g], \"mean_cost\": [%.15g, %.15g]}\n",
           2.0 * per_arm, seconds, 2.0 * per_arm / seconds, events / (2.0 * per_arm), qaly[0] / per_arm,
           qaly[1] / per_arm, cost[0] / per_arm, cost[1] / per_arm);
    return 0;
}
