/* Fetches an address and keeps the answer's status in a database. */
#include <curl/curl.h>
#include <sqlite3.h>
#include <stdio.h>

int main(int argc, char **argv) {
    sqlite3 *kept = NULL;
    long status = 0;
    if (argc != 3 || sqlite3_open(argv[2], &kept) != SQLITE_OK) {
        fprintf(stderr, "usage: fetch ADDRESS FILE\n");
        return 2;
    }
    CURL *asked = curl_easy_init();
    curl_easy_setopt(asked, CURLOPT_URL, argv[1]);
    if (curl_easy_perform(asked) == CURLE_OK)
        curl_easy_getinfo(asked, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(asked);
    char *insert = sqlite3_mprintf("create table if not exists answer (status); "
                                   "insert into answer values (%d)", (int)status);
    int done = sqlite3_exec(kept, insert, NULL, NULL, NULL);
    sqlite3_free(insert);
    sqlite3_close(kept);
    return done == SQLITE_OK && status == 200 ? 0 : 1;
}
