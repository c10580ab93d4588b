"""What a Brazilian rental office and its customers say. Portuguese, because it is data."""

from typing import Final

from realmate_challenge.webhook_api.management.phrases.seekers import OWNER, PAPERS, PURCHASE, RENT
from realmate_challenge.webhook_api.management.phrases.tenants import BILL, CONTRACT, MOVING_OUT, REPAIR

TOPICS: Final = (RENT, PURCHASE, PAPERS, OWNER, REPAIR, BILL, CONTRACT, MOVING_OUT)
GREETINGS: Final = ('Bom dia', 'Boa tarde', 'Boa noite')
HELLOS: Final = ('{greeting}!', '{greeting}, tudo bem?', 'Oi! {greeting}.')
WELCOMES: Final = (
    '{greeting}, {customer}! Aqui é {agent}, da {agency}.',
    'Olá, {customer}! Meu nome é {agent}, da {agency}.',
    '{greeting}! {agent} falando, da {agency}.',
)
OFFERS: Final = ('Como posso ajudar?', 'Em que posso ajudar hoje?')
TRANSITIONS: Final = (
    'Aproveitando, tenho outro assunto.',
    'Ah, mais uma coisa!',
    'Oi, {agent}! Voltei com outra dúvida.',
    'Oi, tudo bem? Sou eu de novo.',
)
SECOND_THOUGHTS: Final = (
    'Desculpe tantas perguntas!',
    'Quando puder, me avise, por favor.',
    'Sem pressa, tá?',
    'É que preciso resolver isso ainda esta semana.',
)
AFTERTHOUGHTS: Final = (
    'Qualquer dúvida, estou à disposição.',
    'Se preferir, posso ligar para você.',
    'Ficou alguma dúvida?',
    'Vou deixar anotado aqui no seu cadastro.',
)
THANKS: Final = (
    'Perfeito, muito obrigad{o}!',
    'Era só isso mesmo. Obrigad{o} pela ajuda, {agent}!',
    'Entendi. Obrigad{o} pela atenção!',
)
FAREWELLS: Final = (
    'Por nada, {customer}! A {agency} agradece o contato.',
    'Imagina, {customer}! Até logo.',
    'Disponha! Tenha um ótimo dia.',
)
LAST_WORDS: Final = ('Até mais!', 'Valeu! 👍', 'Igualmente! 😊')
DAYS: Final = ('segunda-feira', 'terça-feira', 'quarta-feira', 'quinta-feira', 'sexta-feira')
