"""What those write who look for a home, or for somebody to live in theirs."""

from typing import Final

from realmate_challenge.webhook_api.management.phrases.topic import Exchange, Topic

RENT: Final = Topic(
    need=Exchange(
        'Vi o anúncio do apartamento de {rooms} no bairro {neighbourhood}. Ainda está disponível?',
        'Está disponível, sim! É o imóvel {code}, na {street}.',
        'É para alugar, de preferência já para o mês que vem.',
        'Posso enviar mais fotos, se quiser.',
    ),
    details=(
        Exchange(
            'Qual é o valor do aluguel?',
            'O aluguel é {rent}, o condomínio {fee} e o IPTU {tax} por mês.',
            'E o condomínio, está incluso?',
            'A água já está inclusa no condomínio.',
        ),
        Exchange(
            'Aceita animais? Tenho um cachorro pequeno.',
            'Aceita, sim. O condomínio só pede que ele use o elevador de serviço.',
        ),
        Exchange(
            'Tem vaga de garagem?', 'Tem {spaces}, em garagem coberta.', extra='O prédio também tem bicicletário.'
        ),
        Exchange(
            'Consigo visitar na {day}?',
            'Consegue! Na {day} tenho horário às {time}. Fica bom para você?',
            'Trabalho no centro, então depois das {time} seria melhor.',
            'O endereço é {street}, {number}. Encontro você na portaria.',
        ),
        Exchange(
            'Às {time} está ótimo. Preciso levar alguma coisa?',
            'Só um documento com foto, para o cadastro na portaria.',
            extra='Agendado! Se precisar remarcar, é só avisar por aqui.',
        ),
    ),
)
PURCHASE: Final = Topic(
    need=Exchange(
        'Estou procurando um imóvel de {rooms} para comprar no bairro {neighbourhood}. Vocês têm alguma opção?',
        'Temos, sim! O {code}, na {street}, acabou de entrar, por {price}.',
        'Pode ser casa ou apartamento.',
        'Ele foi reformado no ano passado e está pronto para morar.',
    ),
    details=(
        Exchange('Qual é a metragem?', 'São {area} m² de área útil.', extra='A sala é ampla e pega o sol da manhã.'),
        Exchange(
            'O proprietário aceita financiamento?',
            'Aceita financiamento e também FGTS. Trabalhamos com todos os bancos.',
            'Teria uns 30% de entrada.',
            'Posso fazer uma simulação sem compromisso.',
        ),
        Exchange(
            'Será que ele faz por menos? {price} ficou um pouco acima do que eu pensava.',
            'Dá para conversar. Mande uma proposta por escrito e eu levo ao proprietário ainda hoje.',
        ),
        Exchange(
            'A documentação está em dia?',
            'Está tudo certo: matrícula atualizada e sem nenhuma pendência.',
            'Já tive problema com isso uma vez...',
        ),
        Exchange(
            'Gostaria de conhecer. Pode ser na {day} de manhã?',
            'Pode! Deixei reservado para você na {day}, às {time}.',
            extra='Endereço: {street}, {number}.',
        ),
    ),
)
PAPERS: Final = Topic(
    need=Exchange(
        'Quais documentos preciso para alugar o imóvel {code}?',
        'RG, CPF, comprovante de residência e os três últimos comprovantes de renda.',
        'Sou autônom{o}, não tenho holerite.',
        'Para autônomos, vale o imposto de renda ou o extrato bancário.',
    ),
    details=(
        Exchange(
            'Precisa de fiador?',
            'Não necessariamente: aceitamos fiador, seguro-fiança ou caução de três meses.',
            'Meus pais moram em outro estado, não sei se vale.',
        ),
        Exchange(
            'Quanto custa o seguro-fiança?', 'Fica em torno de {fee} por mês.', extra='A aprovação sai em um dia útil.'
        ),
        Exchange('Posso mandar os documentos por aqui?', 'Pode, sim! Fotos bem nítidas já servem.'),
        Exchange(
            'Acabei de enviar tudo. Quanto tempo leva a análise?',
            'Até dois dias úteis. Aviso por aqui assim que sair.',
            'Falta só o comprovante de residência, mando à noite.',
        ),
        Exchange(
            'Já saiu o resultado da análise?',
            'Saiu: aprovado! Na {day} já pode retirar as chaves.',
            extra='O protocolo da análise é {protocol}.',
        ),
    ),
)
OWNER: Final = Topic(
    need=Exchange(
        'Tenho um apartamento no bairro {neighbourhood} e queria colocar para alugar com vocês.',
        'Que ótimo! Cuidamos do anúncio, das visitas e do contrato.',
        'São {rooms}, com {area} m².',
        'A nossa taxa de administração é de 8% do aluguel.',
    ),
    details=(
        Exchange('Quanto dá para pedir de aluguel?', 'Pela região, algo perto de {rent} por mês.'),
        Exchange(
            'As fotos ficam por minha conta?',
            'Não, o nosso fotógrafo pode ir na {day}, às {time}.',
            'O apartamento está vazio, a chave fica na portaria.',
        ),
        Exchange(
            'E se o inquilino atrasar?',
            'Temos aluguel garantido: você recebe no dia {due}, mesmo com atraso.',
            extra='A garantia já está inclusa na taxa.',
        ),
        Exchange('O anúncio já está no ar?', 'Está, sim! O código é {code}, e já temos duas visitas marcadas.'),
    ),
)
