<?php
// Lists a target's archives and opens each link, as a service would. Ends with 1 when an answer is not as expected.
$base = getenv('NP6_BASE_URL');
$key = getenv('NP6_API_KEY');

function get(string $url, string $header = ''): array
{
    $context = stream_context_create(['http' => ['header' => $header, 'ignore_errors' => true]]);
    $body = file_get_contents($url, false, $context);
    return [(int) explode(' ', $http_response_header[0])[1], $body];
}

[$status, $body] = get("$base/targets/000042/archives", "X-Key: $key");
$statuses = [];
foreach (json_decode($body, true) ?? [] as $archive) {
    [$opened, $mail] = get($archive['url']); // no key here
    $statuses[] = $opened;
    echo $archive['sendingDate'], ' ', $opened, ' ', str_contains($mail, 'Welcome') ? 'Welcome' : '', "\n";
}
exit($status === 200 && $statuses === [200, 403] ? 0 : 1);
