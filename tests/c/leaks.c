/* A million calls of every kind that needs no database, and some hundreds that read one; what the
 * process holds afterwards is what it held before. */

#include "support.h"

#include <malloc.h>

static const char BODY[] = "{\"id\":\"evt_1\",\"type\":\"payment.confirmed\","
                           "\"data\":{\"payment_id\":\"p1\",\"amount_crypto\":\"0.00042\"}}";
static const int64_t NOW_S = 1795348800;

static size_t held(void)
{
    return mallinfo2().uordblks;
}

static void one_round(const coinpay_secrets *secrets, const coinpay_shop *shop, const char *good)
{
    coinpay_buffer out, err;
    coinpay_verified verified;
    coinpay_slice body = bytes(BODY, sizeof BODY - 1);
    CHECK(coinpay_webhook_verify(secrets, body, text(good), NOW_S * 1000, 300, &verified, &err) ==
          COINPAY_STATUS_OK);
    CHECK(coinpay_webhook_verify(secrets, body, text("t=1,v1=00"), NOW_S * 1000, 300, NULL,
                                 &err) == COINPAY_STATUS_SIGNATURE_MALFORMED);
    coinpay_buffer_free(&err);
    CHECK(coinpay_webhook_parse(body, &out, &err) == COINPAY_STATUS_OK);
    coinpay_buffer_free(&out);
    CHECK(coinpay_payment_uri(text("BTC"), text("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"),
                              text("150000"), &out, &err) == COINPAY_STATUS_OK);
    coinpay_buffer_free(&out);
    CHECK(coinpay_call(text("format"), text("{\"currency\":\"JPY\",\"units\":\"1999\"}"), none(),
                       &out, &err) == COINPAY_STATUS_OK);
    coinpay_buffer_free(&out);
    /* A flow that is dropped at its first step. */
    coinpay_flow *flow = NULL;
    CHECK(coinpay_flow_start(shop, text("health"), none(), none(), 1, none(), &flow, &out, &err) ==
          COINPAY_STATUS_OK);
    coinpay_buffer_free(&out);
    coinpay_flow_free(flow);
}

int main(int count, char **arguments)
{
    /* Fewer under valgrind, which is a hundred times slower and counts for itself. */
    const long rounds = (count > 1 ? atol(arguments[1]) : 1000000) / 6;
    coinpay_secrets *secrets = NULL;
    coinpay_shop *shop = NULL;
    coinpay_buffer out, err;
    char *config = configuration("nowhere", 1);
    CHECK(coinpay_secrets_new(text("[\"whsec\"]"), &secrets, &err) == COINPAY_STATUS_OK);
    CHECK(coinpay_shop_open(text(config), text("postgres"), &shop, &err) == COINPAY_STATUS_OK);
    CHECK(coinpay_webhook_sign(bytes(BODY, sizeof BODY - 1), text("whsec"), NOW_S, &out, &err) ==
          COINPAY_STATUS_OK);
    const char *good = (const char *)out.data;
    coinpay_buffer signature = out;
    coinpay_engine *engine = opened("sqlite::memory:", 1);

    /* The first rounds fill caches, SQLite's among them, and thread-locals. */
    const long first = 100 + rounds / 10;
    size_t before = 0;
    for (long round = 0; round < rounds + first; round++) {
        if (round == first) {
            before = held();
        }
        one_round(secrets, shop, good);
        if (round % 200 == 0) {
            json_decref(run(engine, "health", ""));
        }
    }
    size_t after = held();
    printf("%ld calls: %zu bytes held before, %zu after\n", rounds * 6, before, after);
    /* SQLite keeps a few pages, and glibc counts what it keeps for the next calls as held; a
     * single byte lost in each round would be more. */
    CHECK(after < before + 128 * 1024);
    coinpay_engine_free(engine);
    coinpay_shop_free(shop);
    coinpay_secrets_free(secrets);
    coinpay_buffer_free(&signature);
    free(config);
    return 0;
}
